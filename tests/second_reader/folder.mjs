import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

// The objects of an archive: regular files, and links that lead to them.
export class Folder {
    constructor(path) {
        this.path = path
        readdirSync(path)
    }
    has(name) {
        try {
            return statSync(join(this.path, name)).isFile()
        } catch {
            return false // it leads nowhere
        }
    }
    names(prefix, form) {
        const path = join(this.path, prefix)
        const entries = existsSync(path) ? readdirSync(path) : []
        return entries.filter((name) => form.test(name) && this.has(`${prefix}/${name}`)).sort()
    }
    read(name, limit = Infinity) {
        const path = join(this.path, name)
        return this.has(name) && statSync(path).size <= limit ? readFileSync(path) : null
    }
    // Whether there is an object of a form anywhere below a folder.
    holds(prefix, form) {
        const path = join(this.path, prefix)
        const entries = existsSync(path) ? readdirSync(path, { withFileTypes: true }) : []
        return entries.some((entry) => {
            const name = `${prefix}/${entry.name}`
            return entry.isDirectory() ? this.holds(name, form) : form.test(name) && this.has(name)
        })
    }
}
