// Compiles a verifier contract and runs it in an EVM.
//
//   node verify.mjs CONTRACT.sol CALLS.json
//
// CALLS.json is a list of {"proof": HEX, "inputs": [DECIMAL, ...]}. For each, a line of JSON
// says whether the contract accepts it and how much gas the run took.
import { readFileSync } from 'node:fs'
import { createEVM } from '@ethereumjs/evm'
import solc from 'solc'

const [, , contract, calls] = process.argv

const compiled = JSON.parse(solc.compile(JSON.stringify({
  language: 'Solidity',
  sources: { 'v.sol': { content: readFileSync(contract, 'utf8') } },
  settings: {
    optimizer: { enabled: true, runs: 200 },
    outputSelection: { '*': { '*': ['evm.bytecode.object', 'evm.methodIdentifiers'] } },
  },
})))
const errors = (compiled.errors ?? []).filter(e => e.severity === 'error')
if (errors.length > 0) throw new Error(errors[0].formattedMessage)
const verifier = Object.values(compiled.contracts['v.sol']).find(c => c.evm.bytecode.object.length > 0)
const [signature, selector] = Object.entries(verifier.evm.methodIdentifiers)
  .find(([name]) => /^(verifyProof|Verify)\(bytes,/.test(name))

const word = n => BigInt(n).toString(16).padStart(64, '0')

// encode is the ABI's encoding of (bytes, uint256[N]) and of (bytes, uint256[]).
function encode(proof, inputs) {
  const dynamic = signature.endsWith('uint256[])')
  const padded = proof.padEnd(Math.ceil(proof.length / 64) * 64, '0')
  const bytes = word(proof.length / 2) + padded
  const list = inputs.map(word).join('')
  if (!dynamic) return word(32 * (1 + inputs.length)) + list + bytes
  return word(64) + word(64 + bytes.length / 2) + bytes + word(inputs.length) + list
}

const fromHex = hex => Uint8Array.from(Buffer.from(hex, 'hex'))
const evm = await createEVM()
const created = await evm.runCall({ data: fromHex(verifier.evm.bytecode.object), gasLimit: 30_000_000n })
if (created.execResult.exceptionError) throw new Error(`deploy: ${created.execResult.exceptionError.error}`)

for (const call of JSON.parse(readFileSync(calls, 'utf8'))) {
  const { execResult } = await evm.runCall({
    to: created.createdAddress, data: fromHex(selector + encode(call.proof, call.inputs)), gasLimit: 30_000_000n,
  })
  // A contract for Groth16 reverts; one for PLONK reverts or returns 0.
  const returned = Buffer.from(execResult.returnValue).toString('hex')
  const accepted = !execResult.exceptionError && (returned === '' || BigInt('0x' + returned) === 1n)
  console.log(JSON.stringify({ accepted, gas: Number(execResult.executionGasUsed), code: verifier.evm.bytecode.object.length / 2 }))
}
