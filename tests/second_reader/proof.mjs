// Proof files: one record, its segment's leaf, and the checkpoint that signs them.
import { Findings, hasExactly, isCount, isObject, isText, plainJson, utf8 } from './forms.mjs'
import { lastSigner, readCheckpoint, readNote } from './notes.mjs'
import { readLeaf, readRecord } from './records.mjs'
import { leafHash, rootOfPath } from './tree.mjs'

const MOST_HASHES = 64

export function judgeProofs(bytes, keys) {
    const findings = new Findings()
    let proofs = null
    try {
        proofs = plainJson(utf8(bytes))
    } catch {
        findings.broken.push('the file is not JSON of that form')
        return findings
    }
    if (Array.isArray(proofs) && !proofs.length) findings.unjudged.push('there are no proofs')
    for (const proof of [proofs].flat(1)) judgeProof(proof, keys, findings)
    return findings
}

// From the signature down: what stands below something that cannot be judged is not looked at.
function judgeProof(proof, keys, findings) {
    const format =
        isObject(proof) && isText(proof.format) && /^affidavit proof (0|[1-9]\d*)$/.exec(proof.format)
    if (!format) return void findings.broken.push('it is no proof')
    if (format[1] !== '1') return void findings.unjudged.push('it has an unknown format')
    const texts = [proof.record, proof.mac, proof.manifest, proof.checkpoint]
    if (
        !texts.every((text) => isText(text) && text.isWellFormed()) ||
        !/^[0-9a-f]{32}$/.test(proof.mac) ||
        ![proof.segment, proof.log].every(isPlace)
    )
        return void findings.broken.push('a member is not of its form')
    const [record, mac, manifest, note] = texts.map((text, place) =>
        Buffer.from(text, place === 1 ? 'hex' : 'utf8'),
    )
    const { broken, unknown } = judgeParts(proof, readNote(note), manifest, record, mac, keys)
    if (broken) findings.broken.push(broken)
    if (unknown) findings.unjudged.push(unknown)
}

function judgeParts({ segment, log }, note, manifest, record, mac, keys) {
    if (!note || lastSigner(note, 0, keys) < 0) return { broken: 'the checkpoint is not signed' }
    const checkpoint = readCheckpoint(note)
    if (!checkpoint) return { unknown: 'the checkpoint is signed and has another form' }
    if (log.size !== checkpoint.size || !rootOf(leafHash(manifest), log)?.equals(checkpoint.root))
        return { broken: 'the log does not hold the leaf' }
    const { leaf, ...fault } = readLeaf(manifest)
    if (!leaf) return fault
    const root = rootOf(leafHash(record, mac), segment)
    if (segment.size !== leaf.count || root?.toString('base64url') !== leaf.root)
        return { broken: 'the segment does not hold the record' }
    return readRecord(record)
}

const isPlace = (place) =>
    hasExactly(place, ['index', 'size', 'path']) &&
    isCount(place.index) &&
    isCount(place.size) &&
    Array.isArray(place.path) &&
    place.path.length <= MOST_HASHES &&
    place.path.every((hash) => isText(hash) && /^[0-9a-f]{64}$/.test(hash))

const rootOf = (hash, { index, size, path }) =>
    rootOfPath(
        hash,
        index,
        size,
        path.map((text) => Buffer.from(text, 'hex')),
    )
