# facts(images) prints the order of the monoid of some transformations, the number of
# its D-classes, and for each regular one the rank, the order of its groups and their
# derived length or -1, sorted.
SetPrintFormattingStatus("*stdout*", false);;
facts := function(images)
  local M, classes, class, H, e, points, G, length, rows;
  M := Monoid(List(images, Transformation));
  classes := GreensDClasses(M);
  rows := [];
  for class in classes do
    if IsRegularDClass(class) then
      H := AsList(GroupHClassOfGreensDClass(class));
      e := First(H, x -> x*x = x);
      points := Set(List([1..Length(images[1])], p -> p^e));
      G := Group(List(H, x -> MappingPermListList(points, List(points, p -> p^x))), ());
      length := -1;
      if IsSolvableGroup(G) then length := DerivedLength(G); fi;
      Add(rows, [Length(points), Size(G), length]);
    fi;
  od;
  Sort(rows);
  Print(Size(M), " ", Length(classes));
  for class in rows do Print(" ", class[1], ":", class[2], ":", class[3]); od;
  Print("\n");
end;;
