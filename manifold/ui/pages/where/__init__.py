"""Where it is lost: the plane, cut into sectors."""
