"""The plugin room: scoped calling, the facade, and what is said of plugins that do not fit."""
