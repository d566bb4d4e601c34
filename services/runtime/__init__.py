"""What processes share: settings, the clock, logging, readers, snapshots, supervision."""
