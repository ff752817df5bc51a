"""Rules that watch live markets: one state machine a rule, one task for all."""
