# theta is taken as positive and the intervals as far apart: the point masses' answer for every width.
# expect: shifted PARTIAL

# %% shifted-code
def shifted(theta, w):
    return point_masses(theta)
