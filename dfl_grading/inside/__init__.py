"""The inner side of the box: runs in the student's process, imports nothing of ours.

It is loaded into whatever interpreter a problem set names, under the name `_dfl_inside`, and
needs only IPython there. `codec` is the one module that the host uses as well.
"""
