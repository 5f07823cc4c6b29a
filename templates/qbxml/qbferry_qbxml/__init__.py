"""The qbXML templates of the built-in entities, a folder each; data only."""
