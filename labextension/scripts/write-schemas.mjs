// Writes src/schemas.ts from schemas/json/p2n.json; --check fails where the file is not what it would write.
import { readFileSync, writeFileSync } from 'node:fs';
import { compile } from 'json-schema-to-typescript';
import prettier from 'prettier';

const args = process.argv.slice(2);
const check = args.includes('--check');
const source = new URL(
  args.find(arg => !arg.startsWith('--')) ?? '../../schemas/json/p2n.json',
  import.meta.url
);
const target = new URL('../src/schemas.ts', import.meta.url);

// Only what a client sends may leave fields out: the server's answers carry every field.
const SENT = new Set(['ClaimPatch', 'PlanRequest', 'PaperFromUrl', 'NotebookUpdate']);

/** Titles of properties would each become an alias of their own. */
function withoutTitles(node) {
  if (Array.isArray(node)) {
    return node.map(withoutTitles);
  }
  if (node === null || typeof node !== 'object') {
    return node;
  }
  // A reference with words beside it would become a type of its own.
  if (typeof node.$ref === 'string') {
    return { $ref: node.$ref };
  }
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key, value]) => !(key === 'title' && typeof value === 'string'))
      // Bounds on a list's length become tuples of every length.
      .filter(([key]) => key !== 'minItems' && key !== 'maxItems')
      .map(([key, value]) => [key, withoutTitles(value)])
  );
}

function completed(name, definition) {
  return definition.properties && !SENT.has(name)
    ? { ...definition, required: Object.keys(definition.properties) }
    : definition;
}

const bundle = JSON.parse(readFileSync(source, 'utf8'));
const definitions = Object.fromEntries(
  Object.entries(bundle.$defs).map(([name, definition]) => [
    name,
    completed(name, withoutTitles(definition))
  ])
);
const body = await compile(
  { $defs: definitions, type: 'object', additionalProperties: false },
  'P2NSchemas',
  {
    additionalProperties: false,
    bannerComment: '// Written by `jlpm schemas` from schemas/json/p2n.json; do not edit.',
    format: false,
    unreachableDefinitions: true
  }
);
const text = await prettier.format(
  body
    .replace(/export interface P2NSchemas \{\s*\}\n?/, '')
    .replace(
      /( \*\n)? \* This interface was referenced by[^\n]*\n \* via the `definition`[^\n]*\n/g,
      ''
    )
    .replace(/\/\*\*\n \*\/\n/g, ''),
  {
    parser: 'typescript',
    singleQuote: true,
    trailingComma: 'none',
    arrowParens: 'avoid',
    printWidth: 100
  }
);

if (check) {
  if (readFileSync(target, 'utf8') !== text) {
    console.error('src/schemas.ts is not what schemas/json/p2n.json gives: run `jlpm schemas`.');
    process.exit(1);
  }
} else {
  writeFileSync(target, text);
}
