"""Reports found where they are published: feeds, pages, and channels as Telegram exports them."""
