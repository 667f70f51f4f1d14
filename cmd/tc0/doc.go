// Command tc0 turns a trained state-space model into an explicit threshold
// circuit and checks it:
//
//	tc0 compile theory/ssm/testdata/mamba-flipflop4 --length 8 -o out
//	tc0 stats   out                           depth, gates, wires, weights by stage
//	tc0 check   out                           well formed, and the gates are the model's
//	tc0 eval    out --tokens 1,0,1            labels and integer logits of a word
//	tc0 equiv   out --samples 1000 --seed 1   model = arithmetic circuit = gates, on words
//	tc0 inspect out --stage scan --time 2     the circuit as a person reads it
//	tc0 convert out/circuit.tc --to blif -o circuit.blif
//	tc0 family  theory/ssm/testdata/mamba-flipflop4 --lengths 4,8,16 --bits 8
//	tc0 pareto  theory/ssm/testdata/mamba-flipflop4 --length 8 --bits 8
//
// and tells which groups, automata and languages lie outside such circuits:
//
//	tc0 classify --group A5 --certificate a5.json
//	tc0 reduce formula 'x1 & (x2 | !x3)' --to A5 --assign 110
//	tc0 reduce word --group S5 --to chess --word 3,17,5
//	tc0 words   --group A5 --length 20 --samples 1000 --seed 1 -o a5.csv
//	tc0 train   --task A5:g4 --arch rnn -o run    train a model; resumes
//	tc0 explain T-Barrington
//
// and sets theory beside models:
//
//	tc0 predict   --task A5 --arch mamba --layers 2
//	tc0 construct A5 --arch ids4 -o a5        weights that are right at every length
//
// The answer goes to standard output, as a table or, with --json, as JSON;
// errors are one line on standard error. The exit status is 0 when what was
// asked holds, 1 when it fails (a witness is printed), 2 for bad usage or bad
// input, 3 when it stays undecided, and 130 when it was interrupted.
//
// The command handles flags, files and printing. What it reports is computed by
// the packages under circuits, theory and reductions.
package main
