# The notebook as it was released, but for one process that ends itself.
# rest: stub
# expect: minimax ERROR
# expect: solve ERROR
# expect: alphabeta ERROR
# expect: best-case ERROR
# expect: best-order KILLED
# expect: census MISSING
# expect: nim MISSING

# %% best-order-code
import os

os._exit(3)
