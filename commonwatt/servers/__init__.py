"""The servers this program can run by itself: PostgreSQL, an MQTT broker, and their guard."""
