# Independent numbers instead of free matrices: letters are gathered as if they commuted. That is right only for
# words that are two powers up to a rotation.
# expect: free-word PARTIAL

# %% free-word-code
def free_word(word, ma, mb):
    i, j = word.count("a"), word.count("b")
    return (ma[i - 1] if i else 1.0) * (mb[j - 1] if j else 1.0)
