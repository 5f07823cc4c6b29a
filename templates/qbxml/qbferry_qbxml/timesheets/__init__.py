"""The templates of timesheets; data only."""
