"""What keeps the reference's answer up to date as facts arrive: held to it by a property test."""
