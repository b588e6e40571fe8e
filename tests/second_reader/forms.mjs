// The small forms that everything else is written in: hashes, base64, text, times, JSON.
import { createHash } from 'node:crypto'

export const sha256 = (...parts) => {
    const hash = createHash('sha256')
    for (const part of parts) hash.update(part)
    return hash.digest()
}

// What a verifier has found: rules that are broken, and what it cannot judge.
export class Findings {
    broken = []
    unjudged = []
    get verdict() {
        if (this.broken.length) return 'not clean'
        return this.unjudged.length ? 'not decidable' : 'clean'
    }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
export function utf8(bytes) {
    try {
        return decoder.decode(bytes)
    } catch {
        return null
    }
}

// Node decodes loosely, so what it decoded must lead back to the text.
function decoded(text, alphabet) {
    const bytes = Buffer.from(text, alphabet)
    return bytes.toString(alphabet) === text ? bytes : null
}
export const base64 = (text) => decoded(text, 'base64')
const only32 = (bytes) => (bytes?.length === 32 ? bytes : null)
export const hash64 = (text) => only32(base64(text))
export const hash64url = (text) => only32(decoded(text, 'base64url'))

// Milliseconds since 1970 of a time such as 2026-11-21T04:25:44.183Z, or null.
export function milliseconds(text) {
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text) || text.startsWith('0000')) return null
    const time = new Date(text)
    return Number.isNaN(time.getTime()) || time.toISOString() !== text ? null : time.getTime()
}

export const isWhole = Number.isSafeInteger
export const isCount = (value) => isWhole(value) && value >= 0
export const isText = (value) => typeof value === 'string'
export const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value)
export const hasExactly = (value, keys) =>
    isObject(value) && Object.keys(value).sort().join() === [...keys].sort().join()

const LEVELS = 32
const LIMIT = 1 << 20

// The one form of a value, or an exception for a value that has none.
export function canonical(value, level = 1) {
    if (level > LEVELS) throw new Error('too deep')
    if (value === null || typeof value === 'boolean') return String(value)
    if (typeof value === 'number') {
        if (!isWhole(value) || Object.is(value, -0)) throw new Error('not a whole number within the limits')
        return String(value)
    }
    if (typeof value === 'string') {
        if (!value.isWellFormed()) throw new Error('half a surrogate pair')
        return JSON.stringify(value)
    }
    if (Array.isArray(value)) return `[${value.map((item) => canonical(item, level + 1)).join()}]`
    const members = Object.keys(value)
        .sort()
        .map((key) => {
            if (!/^[\0-\x7f]*$/.test(key)) throw new Error('a key that is not ASCII')
            return `${JSON.stringify(key)}:${canonical(value[key], level + 1)}`
        })
    return `{${members.join()}}`
}

// The object whose one form these bytes are, or null.
export function canonicalObject(bytes) {
    const text = bytes.length > LIMIT ? null : utf8(bytes)
    try {
        const value = text === null ? null : JSON.parse(text)
        return isObject(value) && canonical(value) === text ? value : null
    } catch {
        return null
    }
}

const isTooDeep = (value, level = 1) =>
    level > LEVELS ||
    (typeof value === 'object' &&
        value !== null &&
        Object.values(value).some((part) => isTooDeep(part, level + 1)))

// JSON in any form, whose keys and numbers are as in a record. Throws for anything else.
export function plainJson(text) {
    const value = JSON.parse(text)
    if (isTooDeep(value)) throw new Error('too deep')
    const open = []
    for (const [token, , colon] of text.matchAll(
        /("[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?)|-?\d[\d.eE+-]*|[{}[\]]/g,
    )) {
        if (token === '{' || token === '[') open.push(new Set())
        else if (token === '}' || token === ']') open.pop()
        else if (colon) {
            const key = JSON.parse(token.slice(0, -colon.length))
            if (open.at(-1).has(key) || !/^[\0-\x7f]*$/.test(key))
                throw new Error('a key twice, or not ASCII')
            open.at(-1).add(key)
        } else if (!token.startsWith('"') && !(/^-?\d+$/.test(token) && Number.isSafeInteger(Number(token))))
            throw new Error('not a whole number within the limits')
    }
    return value
}
