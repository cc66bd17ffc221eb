"""Amazon's queues and topics: what they tell us, and what they are told."""
