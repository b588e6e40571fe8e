// The Merkle tree of RFC 9162, section 2.1.
import { sha256 } from './forms.mjs'

const LEAF = Buffer.from([0])
const NODE = Buffer.from([1])
export const leafHash = (...parts) => sha256(LEAF, ...parts)
const nodeHash = (left, right) => sha256(NODE, left, right)

// A tree that grows at its end: the roots of its full subtrees, the largest first.
export class Tree {
    constructor(size = 0, roots = []) {
        this.size = size
        this.roots = [...roots]
    }
    copy() {
        return new Tree(this.size, this.roots)
    }
    add(hash) {
        this.size += 1
        this.roots.push(hash)
        for (let size = this.size; size % 2 === 0; size /= 2) {
            const right = this.roots.pop()
            this.roots.push(nodeHash(this.roots.pop(), right))
        }
    }
    root() {
        if (!this.roots.length) return sha256()
        return this.roots.reduceRight((right, left) => nodeHash(left, right))
    }
}

// The root that a path leads to from a leaf, or null if the path is none (section 2.1.3.2).
export function rootOfPath(hash, index, size, path) {
    let [first, last] = [BigInt(index), BigInt(size) - 1n]
    if (first < 0n || first > last) return null
    for (const other of path) {
        if (last === 0n) return null
        if (first % 2n === 1n || first === last) {
            hash = nodeHash(other, hash)
            while (first % 2n === 0n && first !== 0n) [first, last] = [first / 2n, last / 2n]
        } else hash = nodeHash(hash, other)
        ;[first, last] = [first / 2n, last / 2n]
    }
    return last === 0n ? hash : null
}
