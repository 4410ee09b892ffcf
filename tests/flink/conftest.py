from tests.flink.small import flink as flink
