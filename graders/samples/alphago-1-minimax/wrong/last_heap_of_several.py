# Of several winning moves that on the last heap.
# expect: nim FAILED

# %% nim-code
def nim_move(heaps, misere):
    """Return (value, move): 1 or -1 for the player to move, and a winning (i, left) or None.

    heaps: list of ints >= 0, possibly empty.  misere: True where taking the last stone loses.
    """
    def lost(heaps):
        if misere and max(heaps, default=0) <= 1:
            return sum(heaps) % 2 == 1  # each must take one heap, and the other one takes the last but one
        return xor(heaps) == 0

    if not any(heaps):
        return (1 if misere else -1), None
    s = xor(heaps)
    for i, heap in reversed(list(enumerate(heaps))):
        for left in {0, 1, heap ^ s}:
            if left < heap and lost([*heaps[:i], left, *heaps[i + 1 :]]):
                return 1, (i, left)
    return -1, None


def xor(heaps):
    """Return the nim-sum."""
    total = 0
    for heap in heaps:
        total ^= heap
    return total
