"""Parts of a page. They take values and callbacks, never services."""
