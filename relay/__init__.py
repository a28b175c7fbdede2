"""The relay: stores sealed cells, holds and mixes packets, signs its board."""
