"""A health leaflet that answers the phone."""
