"""From a query to its answer, stage by stage; ``compose`` writes the order down."""
