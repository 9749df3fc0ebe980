# The cross terms are forgotten: m_k(A + B) = m_k(A) + m_k(B), right for the second moment alone.
# expect: sign-moment FAILED

# %% sign-moment-code
def sign_moment(a, b, k):
    return 0.0 if k % 2 else float(a**k + b**k)
