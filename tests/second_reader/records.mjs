// Leaves of the log, segments, and the records in them.
import {
    canonical,
    canonicalObject,
    hasExactly,
    isCount,
    isObject,
    isText,
    isWhole,
    sha256,
} from './forms.mjs'
import { Tree, leafHash } from './tree.mjs'

export const SEGMENT = /^segments\/\d{2,4}\/\d{2,4}\/\d{2,4}\/[A-Za-z0-9][A-Za-z0-9._=-]*\.ndjson$/
const WRITER = /^[A-Za-z0-9_-]{22}$/
const MEMBERS = ['v', 'kind', 'key', 'count', 'bytes', 'sha256', 'root', 'writers', 'note']
const FIRST_PREV = 'A'.repeat(43)

// What a leaf says: { leaf } if it is in order, { unknown } for a version of later, { broken } otherwise.
export function readLeaf(line) {
    const leaf = canonicalObject(line)
    if (!leaf || !isWhole(leaf.v) || leaf.v < 1) return { broken: 'a leaf is not of the one form' }
    if (leaf.v > 2) return { unknown: `a leaf of version ${leaf.v}` }
    if (leaf.kind === 'alarm') return { broken: `alarm: ${leaf.note}` }
    const sound =
        hasExactly(leaf, MEMBERS) &&
        ['segment', 'repair'].includes(leaf.kind) &&
        isText(leaf.key) &&
        SEGMENT.test(leaf.key) &&
        isCount(leaf.count) &&
        leaf.count > 0 &&
        isCount(leaf.bytes) &&
        [leaf.sha256, leaf.root, leaf.note].every(isText) &&
        isObject(leaf.writers) &&
        Object.values(leaf.writers).every(isSpan)
    return sound ? { leaf } : { broken: 'a leaf is not of the one form' }
}

const isSpan = (span) => Array.isArray(span) && span.length === 3 && span.every(isCount)

const absentOr = (value, check) => value === undefined || check(value)

// What a record says: { record } if it is in order, with { unknown } for a version of later; { broken } otherwise.
export function readRecord(body) {
    const record = canonicalObject(body)
    const sound =
        record &&
        isWhole(record.v) &&
        isText(record.wid) &&
        WRITER.test(record.wid) &&
        isCount(record.seq) &&
        isText(record.prev) &&
        Object.keys(record).every((key) => key <= 'wid')
    if (!sound) return { broken: 'a record is not of the one form' }
    if (record.v !== 1) return { record, unknown: `a record of version ${record.v}` }
    const whole =
        isText(record.ph) &&
        absentOr(record.ts, isText) &&
        absentOr(record.subj, isText) &&
        absentOr(record.exp, isCount) &&
        absentOr(record.actor, (actor) => isObject(actor) && absentOr(actor.id, isText)) &&
        absentOr(record.out, (out) => isObject(out) && absentOr(out.code, isCount)) &&
        absentOr(
            record.q,
            (q) => Array.isArray(q) && q.every((read) => isObject(read) && 'n' in read && 's' in read),
        )
    return whole ? { record } : { broken: 'a record is not of the one form' }
}

const OPEN = Buffer.from('{"b":')

// The body and the MAC of a segment's line, or null if it is not framed as it must be.
function readFrame(line) {
    const end = line.length - 40
    const match = /^,"m":"([0-9a-f]{32})"\}$/.exec(end > 5 ? line.toString('latin1', end) : '')
    return match && line.subarray(0, 5).equals(OPEN)
        ? { body: line.subarray(5, end), mac: Buffer.from(match[1], 'hex') }
        : null
}

// The lines of an object, each of which must have its line feed; null if one has none.
export function linesOf(bytes) {
    const lines = []
    let from = 0
    for (let end; (end = bytes.indexOf(10, from)) >= 0; from = end + 1) lines.push(bytes.subarray(from, end))
    return from === bytes.length ? lines : null
}

// All that can be said about a segment from its bytes.
export function readSegment(bytes) {
    const segment = {
        sha256: sha256(bytes),
        bytes: bytes.length,
        tree: new Tree(),
        writers: {},
        records: [],
        broken: [],
        unknown: [],
    }
    for (const line of linesOf(bytes) ?? [Buffer.alloc(0)]) {
        const frame = readFrame(line)
        const { record, unknown, broken } = frame
            ? readRecord(frame.body)
            : { broken: 'a line is not framed' }
        if (broken) segment.broken.push(broken)
        if (unknown) segment.unknown.push(unknown)
        if (!frame) continue
        segment.tree.add(leafHash(frame.body, frame.mac))
        if (!record) continue
        const { wid, seq, prev } = record
        segment.records.push({ wid, seq, prev, hash: sha256(frame.body), mac: frame.mac })
        const held = (segment.writers[wid] ??= [seq, seq, 0])
        segment.writers[wid] = [Math.min(held[0], seq), Math.max(held[1], seq), held[2] + 1]
    }
    return segment
}

// Whether a segment is what a leaf says.
export const isAsLeafSays = (segment, leaf) =>
    segment.tree.size === leaf.count &&
    segment.bytes === leaf.bytes &&
    segment.sha256.toString('base64url') === leaf.sha256 &&
    segment.tree.root().toString('base64url') === leaf.root &&
    canonical(segment.writers) === canonical(leaf.writers)

// The chains of all records: copies that are alike, links, and no gaps.
export class Chains {
    constructor(starts = []) {
        this.starts = new Map(starts.map((start) => [start.writer, start]))
        this.chains = new Map()
    }
    add(record, findings) {
        const { wid, seq, hash, mac } = record
        if (seq < (this.starts.get(wid)?.seq ?? 0)) {
            findings.unjudged.push(`${wid}/${seq} stands before its chain's start`)
            return
        }
        if (!this.chains.has(wid)) this.chains.set(wid, new Map())
        const first = this.chains.get(wid).get(seq) ?? record
        if (!first.hash.equals(hash) || !first.mac.equals(mac))
            findings.broken.push(`${wid}/${seq} has two forms`)
        this.chains.get(wid).set(seq, first)
    }
    judge(findings, holes) {
        for (const [wid, chain] of this.chains) {
            let { seq: next, prev } = this.starts.get(wid) ?? { seq: 0, prev: FIRST_PREV }
            for (const seq of [...chain.keys()].sort((a, b) => a - b)) {
                const record = chain.get(seq)
                if (seq !== next) holes.push(`${wid}: ${next} to ${seq - 1} are missing`)
                else if (record.prev !== prev)
                    findings.broken.push(`${wid}/${seq} does not name the record before`)
                ;[next, prev] = [seq + 1, record.hash.toString('base64url')]
            }
        }
    }
}
