// Reads PowerShell with a grammar of it: a list of texts on stdin becomes a list on stdout with,
// for each text, the places where it is no PowerShell, and, where it assigns once and does nothing else, what and to which
// variable. SECAWS_JS_MODULES names the folder with web-tree-sitter and tree-sitter-powershell.
const path = require('path')
const modules = process.env.SECAWS_JS_MODULES
const { Parser, Language } = require('module').createRequire(path.join(modules, 'any'))('web-tree-sitter')

// The parts of an expression that puts a text together.
const wrappers = ['parenthesized_expression', 'pipeline', 'pipeline_chain', 'logical_expression', 'bitwise_expression', 'comparison_expression',
  'additive_expression', 'multiplicative_expression', 'format_expression', 'range_expression', 'array_literal_expression', 'unary_expression',
  'expression_with_unary_operator', 'string_literal']

function errors(node) {
  const own = node.isError || node.isMissing ? [node.startPosition.row + 1 + ': ' + node.text] : []
  return own.concat(...node.children.map(errors))
}

function value(node) {
  if (node.type === 'verbatim_string_characters') return node.text.slice(1, -1).replaceAll("''", "'")
  if (node.type === 'cast_expression') {
    const [, kind, number] = node.text.match(/^\[(\w+)\](0x[0-9a-f]{4})$/)
    if (kind !== 'char') throw new Error(node.text)
    return String.fromCharCode(Number(number))
  }
  if (!wrappers.includes(node.type)) throw new Error(node.type)
  return node.namedChildren.map(value).join('')
}

function assignment(root) {
  const [list, ...others] = root.namedChildren
  const node = list?.namedChildren[0]?.namedChildren[0]
  if (others.length || list?.namedChildCount !== 1 || node?.type !== 'assignment_expression') return {}
  return { variable: node.namedChildren[0].text, value: value(node.childForFieldName('value')) }
}

async function main() {
  await Parser.init()
  const parser = new Parser()
  parser.setLanguage(await Language.load(path.join(modules, 'tree-sitter-powershell', 'tree-sitter-powershell.wasm')))
  const texts = JSON.parse(require('fs').readFileSync(0, 'utf8'))
  console.log(JSON.stringify(texts.map(text => {
    const tree = parser.parse(text)
    const answer = { errors: errors(tree.rootNode), ...assignment(tree.rootNode) }
    tree.delete()
    return answer
  })))
}
main()
