"""What the engine may raise at those above it, who do not know feeds."""

from feeds.base import FeedError as FeedError
