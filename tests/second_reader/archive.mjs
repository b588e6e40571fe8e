// An archive: which keys sign it, where its log begins, its checkpoints, leaves, segments and chains.
import { Folder } from './folder.mjs'
import { Findings, sha256 } from './forms.mjs'
import {
    BEGINS_LIMIT,
    cosigned,
    lastSigner,
    NOTE_LIMIT,
    readBegins,
    readCheckpoint,
    readNote,
    readSuccession,
    readText,
} from './notes.mjs'
import { Chains, isAsLeafSays, linesOf, readLeaf, readSegment, SEGMENT } from './records.mjs'
import { leafHash, Tree } from './tree.mjs'

const NUMBERED = /^\d{12}$/
const MANIFEST = /^\d{12}-\d{6}(?:-([0-9a-f]{16}))?\.ndjson$/
const PATIENCE = 300_000

// The keys of a log: those that were given, and those that its statements lead to.
function withSuccessions(folder, keys) {
    const names = folder.names('keys', NUMBERED).filter((name) => Number(name) > 0)
    const notes = names.map((name) => folder.read(`keys/${name}`, NOTE_LIMIT)).filter(Boolean)
    const statements = notes.map(readSuccession).filter(Boolean)
    const known = [...keys]
    const isNew = (key) => !known.some(({ der }) => der.equals(key.der))
    for (const { old, next } of statements) {
        if (known.at(-1).der.equals(old.der) && isNew(next)) known.push(next)
    }
    for (const { old, next } of statements.reverse()) {
        if (known[0].der.equals(next.der) && isNew(old)) known.unshift(old)
    }
    return known
}

// What the newest signed statement says of where the log begins; null without one.
function beginning(folder, keys) {
    for (const name of folder.names('begins', NUMBERED).reverse()) {
        const bytes = folder.read(`begins/${name}`, BEGINS_LIMIT)
        const note = bytes && readNote(bytes, BEGINS_LIMIT)
        if (!note?.text.startsWith('affidavit log begins ') || lastSigner(note, 1, keys) < 0) continue
        const begins = readBegins(note)
        if (!begins) return { unknown: `begins/${name} is signed and has another form` }
        if (begins.number === Number(name)) return begins
    }
    return null
}

const padded = (number, digits) => String(number).padStart(digits, '0')
const nameOf = (prefix, number) => `${prefix}/${padded(number, 12)}`
const isNamedFor = (bytes, digest) => !digest || sha256(bytes).toString('hex').startsWith(digest)

// Names of manifests' objects by the leaves that they claim. (Map.groupBy is of Node.js 21.)
function groupedByClaim(names) {
    const found = new Map()
    for (const name of names) found.set(name.slice(0, 19), [...(found.get(name.slice(0, 19)) ?? []), name])
    return found
}

class Reader {
    constructor(path, keys) {
        this.folder = new Folder(path)
        this.findings = new Findings()
        this.keys = withSuccessions(this.folder, keys)
        this.begins = beginning(this.folder, this.keys)
        this.tree = new Tree(this.begins?.size ?? 0, this.begins?.nodes ?? [])
        this.chains = new Chains(this.begins?.starts)
        this.texts = new Map() // of the checkpoints that were looked at, by number
        this.times = new Map()
        this.signer = 0
        this.segments = new Map()
        this.holesAreUnjudged = false
        this.manifests = groupedByClaim(this.folder.names('manifests', MANIFEST))
    }

    judge() {
        if (this.begins?.unknown) return void this.findings.unjudged.push(this.begins.unknown)
        const first = this.begins?.number ?? 0
        const numbers = this.folder
            .names('checkpoints', NUMBERED)
            .map(Number)
            .filter((number) => number >= first)
        if (numbers.length) this.followLog(first, numbers)
        else this.judgeWithoutCheckpoints()
        const holes = []
        this.chains.judge(this.findings, holes)
        ;(this.holesAreUnjudged ? this.findings.unjudged : this.findings.broken).push(...holes)
    }

    judgeWithoutCheckpoints() {
        const isSomething = this.begins || this.manifests.size || this.folder.holds('segments', SEGMENT)
        if (isSomething) this.findings.broken.push('nothing is signed')
        else this.findings.unjudged.push('there are no checkpoints, manifests and segments')
    }

    followLog(first, numbers) {
        let before = null
        for (const [place, number] of numbers.entries()) {
            if (number !== first + place)
                return void this.findings.broken.push(`checkpoint ${first + place} is missing`)
            const isFirst = !before && this.begins
            const checkpoint = isFirst ? this.firstCheckpoint(number) : this.readCheckpoint(number)
            if (!checkpoint) return
            const fault = isFirst ? null : this.faultBehind(before, checkpoint)
            if (fault) return void this.findings.broken.push(`checkpoint ${number}: ${fault}`)
            this.texts.set(number, checkpoint.text)
            this.times.set(number, checkpoint.time)
            before = checkpoint
        }
    }

    readCheckpoint(number) {
        const name = nameOf('checkpoints', number)
        const bytes = this.folder.read(name, NOTE_LIMIT)
        const note = bytes && readNote(bytes)
        const signer = note ? lastSigner(note, 0, this.keys) : -1
        if (signer < this.signer) return void this.findings.broken.push(`${name} is not signed`)
        this.signer = signer
        const checkpoint = readCheckpoint(note)
        if (!checkpoint) {
            this.texts.set(number, note.text)
            this.findings.unjudged.push(`${name} is signed and has another form`)
            this.holesAreUnjudged = true
        }
        return checkpoint
    }

    // The checkpoint that the log begins with: its hash is signed, so its signatures are not asked.
    firstCheckpoint(number) {
        const { begins } = this
        if (begins.early) this.findings.broken.push('what is gone was not kept long enough')
        const found = readCheckpoint(readText(this.folder.read(nameOf('checkpoints', number))))
        const isSame =
            found?.origin === begins.origin &&
            found.size === begins.size &&
            found.time === begins.sealed &&
            found.hash.equals(begins.hash) &&
            found.root.equals(this.tree.root())
        if (isSame) return found
        this.findings.broken.push('the log begins with another checkpoint')
        return null
    }

    faultBehind(before, { origin, size, root, prev }) {
        if (prev !== (before ? before.hash.toString('base64') : '-')) return 'it does not name the one before'
        if (before && origin !== before.origin) return 'it is of another log'
        const lines = this.leavesUpTo(size, root)
        if (!lines) return 'no leaves lead to its root'
        for (const line of lines) this.judgeLeaf(line)
        return null
    }

    // The leaves between the tree's size and this one, from the object that leads to the root.
    leavesUpTo(size, root) {
        if (size === this.tree.size) return this.tree.root().equals(root) ? [] : null
        const claim = `${padded(this.tree.size, 12)}-${padded(size - this.tree.size, 6)}`
        for (const name of this.manifests.get(claim) ?? []) {
            const bytes = this.folder.read(`manifests/${name}`)
            const [, digest] = MANIFEST.exec(name)
            const lines = bytes && isNamedFor(bytes, digest) ? linesOf(bytes) : null
            if (lines?.length !== size - this.tree.size) continue
            const tree = this.tree.copy()
            for (const line of lines) tree.add(leafHash(line))
            if (!tree.root().equals(root)) continue
            this.tree = tree
            return lines
        }
        return null
    }

    judgeLeaf(line) {
        const { leaf, unknown, broken } = readLeaf(line)
        if (broken) this.findings.broken.push(broken)
        if (unknown) this.findings.unjudged.push(unknown)
        if (unknown) this.holesAreUnjudged = true
        if (!leaf) return
        const { key } = leaf
        const segment = this.segments.get(key) ?? this.readSegment(key)
        if (segment && !isAsLeafSays(segment, leaf))
            this.findings.broken.push(`${key} is not what the log says`)
    }

    readSegment(key) {
        const bytes = this.folder.read(key)
        if (!bytes) return void this.findings.broken.push(`${key} is missing`)
        const segment = readSegment(bytes)
        this.findings.broken.push(...segment.broken.map((what) => `${key}: ${what}`))
        this.findings.unjudged.push(...segment.unknown.map((what) => `${key}: ${what}`))
        for (const record of segment.records) this.chains.add(record, this.findings)
        delete segment.records
        this.segments.set(key, segment)
        return segment
    }

    judgeWitnesses(witnesses) {
        let latest = -Infinity
        for (const [number, text] of this.texts) {
            const name = nameOf('cosignatures', number)
            if (!this.folder.has(name)) continue
            const bytes = this.folder.read(name, NOTE_LIMIT)
            const found = bytes && cosigned(bytes, text, witnesses)
            if (found === null) this.findings.broken.push(`${name} does not hold`)
            if (found) latest = Math.max(latest, this.times.get(number) ?? latest)
        }
        const newest = [...this.times.values()].at(-1)
        if (newest - latest > PATIENCE) this.findings.broken.push('no known witness has signed lately')
    }
}

export function judgeArchive(path, keys, witnesses) {
    const reader = new Reader(path, keys)
    reader.judge()
    if (witnesses) reader.judgeWitnesses(witnesses)
    return reader.findings
}
