"""What whoever runs the service needs: figures, alerts, logs, and what is wrong."""
