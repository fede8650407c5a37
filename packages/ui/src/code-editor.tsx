import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, foldGutter, HighlightStyle, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { Compartment, EditorState, type Extension, StateEffect, StateField } from '@codemirror/state';
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useRef } from 'react';

export type CodeLanguage = 'yaml' | 'json' | 'text';

/** Colours are the page's own, so that light and dark need no second theme. */
const look = EditorView.theme({
  '&': { color: 'var(--text)', backgroundColor: 'var(--surface)', fontSize: '12px' },
  '.cm-content': { fontFamily: 'ui-monospace, Menlo, Consolas, monospace', caretColor: 'var(--text)' },
  '.cm-gutters': { color: 'var(--muted)', backgroundColor: 'var(--sunken)', border: '0' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'color-mix(in srgb, var(--sunken) 60%, transparent)' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'color-mix(in srgb, var(--accent) 30%, transparent) !important',
  },
  '.cm-refused': { backgroundColor: 'var(--removed)', boxShadow: 'inset 3px 0 0 var(--failed)' },
  '.cm-panels': { color: 'var(--text)', backgroundColor: 'var(--raised)' },
});

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--accent)' },
  { tag: [tags.string, tags.content], color: 'var(--text)' },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: 'var(--stale)' },
  { tag: tags.comment, color: 'var(--muted)', fontStyle: 'italic' },
  { tag: tags.invalid, color: 'var(--failed)' },
]);

/** Tab writes an indent; Escape, then Tab leaves the editor. */
const keys = keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap, indentWithTab]);

/** A line that is not taken as it is, counted from 1, and why. */
export type LineMark = { line: number; detail: string };

const setMarks = StateEffect.define<readonly LineMark[]>();

/** Marked lines move with the text around them, and stay marked until others are set. */
const marked = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, { changes, effects, newDoc }) {
    const set = effects.find((effect) => effect.is(setMarks));
    if (set === undefined) return marks.map(changes);
    const lines = (set.value as readonly LineMark[]).filter(({ line }) => line >= 1 && line <= newDoc.lines);
    return Decoration.set(
      lines.map(({ line, detail }) =>
        Decoration.line({ class: 'cm-refused', attributes: { title: detail } }).range(newDoc.line(line).from),
      ),
      true,
    );
  },
  provide: (field) => EditorView.decorations.from(field),
});

function languageOf(language: CodeLanguage): Extension {
  // JSON is YAML.
  return language === 'text' ? [] : yaml();
}

/** The nonce of this page: styles that the editor adds are opened by it. */
function nonce(): Extension {
  const value = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
  return value === '' ? [] : EditorView.cspNonce.of(value);
}

/**
 * Text with line numbers, folding, search and undo. What is typed goes out through `onChange`; a `value` that differs
 * from what stands there (another file, a draft loaded again) replaces it.
 */
export function CodeEditor(props: {
  /** What it is, for those who cannot see where it stands. */
  label: string;
  value: string;
  language: CodeLanguage;
  readOnly?: boolean;
  /** Lines that were refused: the first is gone to whenever others are given. */
  marks?: readonly LineMark[];
  onChange?: (value: string) => void;
}) {
  const { label, value, language, readOnly = false, marks } = props;
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const onChange = useRef(props.onChange);
  const settings = useRef(new Compartment());
  useEffect(() => {
    onChange.current = props.onChange;
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: made once; what changes later goes in by the effects below
  useEffect(() => {
    const editor = new EditorView({
      parent: box.current ?? document.body,
      state: EditorState.create({
        doc: value,
        extensions: [
          nonce(),
          lineNumbers(),
          foldGutter(),
          history(),
          drawSelection(),
          bracketMatching(),
          highlightActiveLine(),
          highlightSelectionMatches(),
          indentUnit.of('  '),
          syntaxHighlighting(colours),
          look,
          keys,
          marked,
          settings.current.of(settingsOf(label, language, readOnly)),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) onChange.current?.(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
  }, []);
  useEffect(() => {
    view.current?.dispatch({ effects: settings.current.reconfigure(settingsOf(label, language, readOnly)) });
  }, [label, language, readOnly]);
  useEffect(() => {
    const editor = view.current;
    if (editor === null || editor.state.doc.toString() === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);
  useEffect(() => {
    const editor = view.current;
    if (editor === null || marks === undefined) return;
    editor.dispatch({ effects: setMarks.of(marks) });
    const [first] = marks;
    if (first === undefined || first.line < 1 || first.line > editor.state.doc.lines) return;
    const { to } = editor.state.doc.line(first.line);
    editor.dispatch({ selection: { anchor: to }, effects: EditorView.scrollIntoView(to, { y: 'center' }) });
    editor.focus();
  }, [marks]);
  return <div ref={box} className="code-editor" />;
}

function settingsOf(label: string, language: CodeLanguage, readOnly: boolean): Extension {
  return [
    languageOf(language),
    EditorState.readOnly.of(readOnly),
    EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
  ];
}
