"""One draw of a layer at every width: what the pages Spiral and Where it is lost share."""
