"""What the engine keeps sorted so that a change costs what it changes; pure functions of what was put in."""
