def place(x):
    if   x == 0: x = 0
    elif x == 1: x = 1
    elif x == 2: x = 4
    elif x == 3: x = 2
    elif x == 4: x = 3
    if   x == 0: x = 0
    elif x == 1: x = 4
    elif x == 2: x = 3
    elif x == 3: x = 1
    elif x == 4: x = 2
    if   x == 0: x = 0
    elif x == 1: x = 1
    elif x == 2: x = 4
    elif x == 3: x = 3
    elif x == 4: x = 2
    return x
print([place(0), place(1), place(2), place(3), place(4)])
