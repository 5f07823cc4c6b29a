"""The templates of inventory counts; data only."""
