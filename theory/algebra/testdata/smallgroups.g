# Prints one line for each group of order at most 200: order, number in the library,
# derived length or -1, and the right regular action of its generators.
LoadPackage("smallgrp");;
SetPrintFormattingStatus("*stdout*", false);;
for n in [1..200] do
  for i in [1..NumberSmallGroups(n)] do
    G := SmallGroup(n, i);;
    elements := AsSSortedList(G);;
    length := -1;;
    if IsSolvableGroup(G) then length := DerivedLength(G);; fi;
    Print(n, " ", i, " ", length);
    for g in GeneratorsOfGroup(G) do
      Print(" ");
      for x in elements do Print(PositionSorted(elements, x*g), ","); od;
    od;
    Print("\n");
  od;
od;
QUIT;
