"""How requests are read and answered, whatever the resource."""
