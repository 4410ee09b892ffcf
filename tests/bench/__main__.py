"""Every bench, one after the other: ``make bench``."""

from tests.bench import beam_tax, memory

beam_tax.main(list(beam_tax.SIZES))
memory.main(memory.EVENTS_A_DAY)
