// Public keys: which prove something, their ids, and what they have signed.
import { createPublicKey, verify } from 'node:crypto'
import { base64, sha256 } from './forms.mjs'

const ED25519 = Buffer.from('302a300506032b6570032100', 'hex')
const P256 = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex')

const PRIME = 2n ** 255n - 19n
const SMALL = new Set([
    ...[0n, 1n, PRIME - 1n],
    0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
    0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n,
])

// Whether 32 bytes are an Ed25519 key in its one form, and of no small order.
export function isSound(bytes) {
    const y = BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`) & (2n ** 255n - 1n)
    return y < PRIME && !SMALL.has(y)
}

// A key as statements and PEM files have it, or null if it is none that proves something.
export function publicKey(der) {
    const is = (prefix, rest) =>
        der.length === prefix.length + rest && der.subarray(0, prefix.length).equals(prefix)
    const edwards = is(ED25519, 32)
    if (edwards ? !isSound(der.subarray(-32)) : !is(P256, 64)) return null
    let key
    try {
        key = createPublicKey({ key: der, format: 'der', type: 'spki' })
    } catch {
        return null
    }
    return {
        der,
        id: (name) => (edwards ? sha256(`${name}\n\x01`, der.subarray(-32)) : sha256(der)).subarray(0, 4),
        holds: (text, signature) => verify(edwards ? null : 'sha256', text, key, signature),
    }
}

// The keys of a PEM file in the order of their use, or null if one of them proves nothing.
export function publicKeys(pem) {
    const blocks = [...pem.matchAll(/-----BEGIN ([^\n]*?)-----\s*([^-]*)-----END \1-----/g)]
    const keys = blocks.map(([, label, body]) => {
        const der = label === 'PUBLIC KEY' ? base64(body.replace(/\s/g, '')) : null
        return der && publicKey(der)
    })
    return keys.length && keys.every(Boolean) ? keys : null
}

// The keys of witnesses, one a line: name+id+base64 of a byte 4 and the key. Null if one proves nothing.
export function witnessKeys(text) {
    const lines = text
        .split('\n')
        .filter((line) => line.trim() && !line.startsWith('#'))
        .map((line) => line.trim())
    const witnesses = lines.map((line) => {
        const [, name, id, encoded] = /^([^\p{White_Space}+]+)\+([0-9a-f]{8})\+(.+)$/u.exec(line) ?? []
        const bytes = encoded && base64(encoded)
        if (!bytes || bytes.length !== 33 || bytes[0] !== 4 || !isSound(bytes.subarray(1))) return null
        const own = sha256(`${name}\n`, bytes).subarray(0, 4)
        return own.toString('hex') === id
            ? { name, id: own, key: publicKey(Buffer.concat([ED25519, bytes.subarray(1)])) }
            : null
    })
    return witnesses.length && witnesses.every(Boolean) ? witnesses : null
}
