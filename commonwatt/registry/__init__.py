"""Rules without SQL: serials, and later claim codes, assembly states and consent."""
