import { readFileSync } from 'node:fs'
import ts from 'typescript'

/** The comment right before a node, as one paragraph. */
function commentOf(node: ts.Node): string | null {
  const docs = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc)
  const text = ts.getTextOfJSDocComment(docs.at(-1)?.comment)
  return text ? text.replaceAll(/\s+/g, ' ').trim() : null
}

/** The doc comments of a file's constants and of the properties in them, by path: `pairRow.pairId`, `pairs.list`, `pairs.list.input.cursor`. */
export function commentsOf(file: string): Map<string, string> {
  const found = new Map<string, string>()
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)
  const note = (path: readonly string[], node: ts.Node): void => {
    const text = commentOf(node)
    if (text) found.set(path.join('.'), text)
  }
  const visit = (node: ts.Node, path: readonly string[]): void => {
    if (ts.isVariableStatement(node)) {
      for (const { name } of node.declarationList.declarations) note([name.getText(source)], node)
    }
    if (ts.isVariableDeclaration(node)) return ts.forEachChild(node, (child) => visit(child, [node.name.getText(source)]))
    if (ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node)) {
      const here = [...path, node.name.getText(source)]
      note(here, node)
      return ts.forEachChild(node, (child) => visit(child, here))
    }
    // What a procedure takes and what it gives may have fields of the same name.
    if (
      ts.isCallExpression(node) &&
      ts.isPropertyAccessExpression(node.expression) &&
      ['input', 'output'].includes(node.expression.name.text)
    ) {
      const { name } = node.expression
      visit(node.expression, path)
      return node.arguments.forEach((argument) => visit(argument, [...path, name.text]))
    }
    ts.forEachChild(node, (child) => visit(child, path))
  }
  visit(source, [])
  return found
}
