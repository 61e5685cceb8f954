"""Drawing in the browser: panels of the plane, redrawn there for every width of a layer, and how numbers travel there."""
