"""From the inbox into the log: claims are checked, recorded once, or parked with the reasons."""
