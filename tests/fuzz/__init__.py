"""What reads bytes of strangers, fed with bytes that nobody would write (`make fuzz`)."""
