// A third reader of the evidence, written from docs/evidence.md alone.
//
//   node main.mjs archive FOLDER KEYS.pem [WITNESSES]    node main.mjs proof FILE KEYS.pem
//   node main.mjs judge    reads such requests as lines of JSON lists and answers each with a line of JSON
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { judgeArchive } from './archive.mjs'
import { Findings } from './forms.mjs'
import { publicKeys, witnessKeys } from './keys.mjs'
import { judgeProofs } from './proof.mjs'

function judge(what, path, keyFile, witnessFile) {
    const keys = publicKeys(readFileSync(keyFile, 'latin1'))
    const witnesses = witnessFile && witnessKeys(readFileSync(witnessFile, 'utf8'))
    if (!keys || witnesses === null) {
        const findings = new Findings()
        findings.unjudged.push('a public key proves nothing')
        return findings
    }
    return what === 'proof' ? judgeProofs(readFileSync(path), keys) : judgeArchive(path, keys, witnesses)
}

if (process.argv[2] === 'judge') {
    for await (const line of createInterface({ input: process.stdin })) {
        const { verdict, broken, unjudged } = judge(...JSON.parse(line))
        console.log(JSON.stringify({ verdict, broken: broken.slice(0, 20), unjudged: unjudged.slice(0, 20) }))
    }
} else {
    const { verdict, broken, unjudged } = judge(...process.argv.slice(2))
    for (const line of [...broken, ...unjudged]) console.log(line)
    console.log(verdict)
    process.exitCode = { clean: 0, 'not clean': 1, 'not decidable': 4 }[verdict]
}
