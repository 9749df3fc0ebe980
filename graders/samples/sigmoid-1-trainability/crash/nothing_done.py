# The notebook as it was released.
# rest: stub
# expect: lin-var ERROR
# expect: lin-scatter ERROR
# expect: init ERROR
# expect: lsuv ERROR
# expect: jacobian ERROR
# expect: res ERROR
# expect: res-nets ERROR
# expect: plot-depth ERROR
