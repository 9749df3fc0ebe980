# Every word is called alternating and centred, hence zero; what is not, is the product of the two means.
# expect: free-word FAILED

# %% free-word-code
def free_word(word, ma, mb):
    return 0.0 if len(word) > 3 else float(ma[0] * mb[0])
