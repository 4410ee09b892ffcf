"""A real Apache Kafka broker on this machine, for a laptop and for tests; never for a company."""
