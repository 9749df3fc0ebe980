# The process is ended from within; what came before keeps its credit.
# expect: monotone-plan KILLED
# expect: shifted MISSING
# expect: distance-curves MISSING
# expect: gauss-w1 MISSING
# expect: transport MISSING

# %% monotone-plan-code
def monotone_plan(x, p, y, q):
    import os

    os._exit(0)
