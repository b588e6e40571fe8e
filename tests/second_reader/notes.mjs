// Signed notes: checkpoints, statements of keys and of where a log begins, cosignatures.
import { base64, hash64, milliseconds, sha256, utf8 } from './forms.mjs'
import { publicKey } from './keys.mjs'

export const NOTE_LIMIT = 64 << 10
export const BEGINS_LIMIT = 16 << 20

// Signature lines and nothing else, or null.
function signatureLines(text) {
    if (!text.endsWith('\n')) return null
    const lines = text
        .slice(0, -1)
        .split('\n')
        .map((line) => /^\u2014 ([^\p{White_Space}+]+) ([A-Za-z0-9+/]+=*)$/u.exec(line))
    return lines.every(Boolean) ? lines.map(([, name, signature]) => ({ name, signature })) : null
}

function noteText(bytes, limit) {
    const text = bytes.length > limit ? null : utf8(bytes)
    return text === null || /[\0-\x09\x0b-\x1f]/.test(text) ? null : text
}

// A note: its text, its lines, and its signature lines; null for what is none.
export function readNote(bytes, limit = NOTE_LIMIT) {
    const whole = noteText(bytes, limit)
    const end = whole === null ? -1 : whole.indexOf('\n\n')
    const signatures = end < 0 ? null : signatureLines(whole.slice(end + 2))
    return signatures && { ...readText(bytes), signatures }
}

// The text of a note, whatever stands behind it.
export function readText(bytes) {
    const end = bytes.indexOf('\n\n')
    const text = utf8(bytes.subarray(0, end + 1)) ?? ''
    return { text, lines: text.slice(0, -1).split('\n'), hash: sha256(text) }
}

// The places in `keys` of those that have signed a note in this name; null if a line in it is no base64.
export function signers(note, name, keys) {
    const own = note.signatures.filter((line) => line.name === name).map((line) => base64(line.signature))
    if (own.includes(null)) return null
    const text = Buffer.from(note.text)
    const signed = (key) =>
        own.some((bytes) => bytes.subarray(0, 4).equals(key.id(name)) && key.holds(text, bytes.subarray(4)))
    return keys.flatMap((key, place) => (signed(key) ? [place] : []))
}

// The last of `keys` that has signed a note in the name on its line `line`; -1 if none has.
export const lastSigner = (note, line, keys) => Math.max(-1, ...(signers(note, note.lines[line], keys) ?? []))

// What the text of a checkpoint says, or null if it has another form.
export function readCheckpoint(note) {
    const [origin, size, root, time, prev, ...rest] = note.lines
    const whole = rest.length === 0 && prev !== undefined && /^(0|[1-9]\d{0,14})$/.test(size) && hash64(root)
    const when = whole && time.startsWith('time ') ? milliseconds(time.slice(5)) : null
    if (when === null || !/^prev (-|.{44})$/u.test(prev)) return null
    const before = prev === 'prev -' ? '-' : prev.slice(5)
    if (before !== '-' && !hash64(before)) return null
    return {
        origin,
        size: Number(size),
        root: hash64(root),
        time: when,
        prev: before,
        hash: note.hash,
        text: note.text,
    }
}

// A statement that a key follows on another: both keys, or null.
export function readSuccession(bytes) {
    const note = readNote(bytes)
    const [title, origin, old, next, time, ...rest] = note?.lines ?? []
    if (title !== 'affidavit log keys 1' || time === undefined || rest.length) return null
    if (!old.startsWith('old ') || !next.startsWith('new ') || !time.startsWith('time ')) return null
    const keys = [old, next].map((line) => base64(line.slice(4))).map((der) => der && publicKey(der))
    if (!keys.every(Boolean) || milliseconds(time.slice(5)) === null) return null
    return signers(note, origin, keys)?.length === 2 ? { old: keys[0], next: keys[1] } : null
}

const CHAIN = /^chain ([\w-]{22}) (0|[1-9]\d{0,14}) ([\w-]{43}) (0|[1-9]\d{0,15}) [!-~]{1,1024}$/

// What the text of a statement says about where a log begins, or null if it has another form.
export function readBegins(note) {
    const [title, origin, first, sealed, days, time, ...rest] = note.lines
    const [, number, size, hash] = /^(0|[1-9]\d{0,14}) (0|[1-9]\d{0,14}) (.{44})$/u.exec(first ?? '') ?? []
    if (title !== 'affidavit log begins 1' || !hash || !hash64(hash) || time === undefined) return null
    const times = [/^sealed (.*)$/.exec(sealed), /^time (.*)$/.exec(time)].map(
        (match) => match && milliseconds(match[1]),
    )
    if (times.includes(null) || !/^days (0|[1-9]\d{0,4})$/.test(days)) return null
    const nodes = rest.filter((line) => line.startsWith('node ')).map((line) => hash64(line.slice(5)))
    const chains = rest.slice(nodes.length).map((line) => CHAIN.exec(line))
    if (!nodes.every(Boolean) || !chains.every(Boolean)) return null
    const starts = chains.map(([, writer, seq, prev]) => ({ writer, seq: Number(seq), prev }))
    const ones = Number(size).toString(2).replaceAll('0', '').length
    if (nodes.length !== ones) return null
    if (starts.some(({ writer }, place) => place && writer <= starts[place - 1].writer)) return null
    const early = times[0] + Number(days.slice(5)) * 86_400_000 > times[1]
    return {
        origin,
        number: Number(number),
        size: Number(size),
        hash: hash64(hash),
        sealed: times[0],
        early,
        nodes,
        starts,
    }
}

// Whether one of the witnesses has signed a checkpoint's text. Null if a line of theirs does not hold.
export function cosigned(bytes, text, witnesses) {
    const whole = noteText(bytes, NOTE_LIMIT)
    const lines = whole === null ? null : signatureLines(whole)
    if (!lines) return null
    let found = false
    for (const { name, signature } of lines) {
        const own = witnesses.filter((witness) => witness.name === name)
        const raw = base64(signature)
        if (!raw) return null
        for (const witness of own.filter(({ id }) => raw.subarray(0, 4).equals(id))) {
            if (raw.length !== 76) return null
            const message = `cosignature/v1\ntime ${raw.readBigUInt64BE(4)}\n${text}`
            if (!witness.key.holds(Buffer.from(message), raw.subarray(12))) return null
            found = true
        }
    }
    return found
}
