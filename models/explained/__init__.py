"""Why the numbers beside the cost are what they are."""
