"""instrument -- copies of C sources in which every place that may be broken is a choice (mutant schemata).

libclang says where expressions begin and end; the copy is made by replacing text. A mutant's branch holds the original
text of its operands and only the last branch holds instrumented ones, because one mutant is true at a time: nesting does
not multiply. What is broken:

    a < b        <= and the contrary; a == b and a != b: the contrary
    a && b       a || b, and the other way round
    if (f(x))    the contrary, also of operands of && and ||, where they are no comparisons
    a + b        a - b; also += and ++; the other way round; of integers
    7, LIMIT     one more, one less, 0; LIMIT is a macro of the project; true and false: the contrary
    case X:      does nothing
    tables       in an initialiser of static storage: numbers and enumerators one more (numbers also one less), true and
                 false the contrary, the last letter of a string another one

More memory than is needed is no fault: the size of an allocation is only made less. Expressions that the language wants
constant, arguments of macros (hence conditions of assert), arguments of functions that do not return, and the conditions
that guard nothing but a call of these, are left alone.
"""
import re

import clang.cindex
from clang.cindex import CursorKind, StorageClass, TypeKind

COMPARISONS = {'<': ('<=', '>='), '<=': ('<', '>'), '>': ('>=', '<='), '>=': ('>', '<'), '==': ('!=',), '!=': ('==',)}
LOGIC = {'&&': '||', '||': '&&'}
SIGNS = {'+': '-', '-': '+', '+=': '-=', '-=': '+='}
STEPS = {'++': '--', '--': '++'}
ALLOCATORS = {'buffer_reserve', 'allocate', 'reallocate', 'arena_allocate', 'malloc', 'calloc', 'realloc', 'aligned_alloc'}
NO_RETURN = {'fail', 'database_fail', 'database_fail_damaged', 'abort', 'exit', '_exit'}
INTEGERS = {TypeKind.BOOL, TypeKind.CHAR_U, TypeKind.UCHAR, TypeKind.USHORT, TypeKind.UINT, TypeKind.ULONG,
            TypeKind.ULONGLONG, TypeKind.CHAR_S, TypeKind.SCHAR, TypeKind.SHORT, TypeKind.INT, TypeKind.LONG,
            TypeKind.LONGLONG, TypeKind.ENUM}
ARRAYS = {TypeKind.CONSTANTARRAY, TypeKind.INCOMPLETEARRAY}
TOKEN = re.compile(r'''(?P<space>\s+|//[^\n]*|/\*.*?\*/)|(?P<string>"(?:\\.|[^"\\])*")|(?P<char>'(?:\\.|[^'\\])+')|
    (?P<number>\d[\w.]*)|(?P<name>[A-Za-z_]\w*)|(?P<mark>.)''', re.VERBOSE | re.DOTALL)
NAME = re.compile(r'[A-Za-z_]\w*')
INVOCATION = re.compile(r'[A-Za-z_]\w*\s*\(')
MACRO = re.compile(r'^[ \t]*#define[ \t]+([A-Za-z_]\w*)\(', re.MULTILINE)
TRUTH = ('true', 'false')
SYSTEM_MACROS = {'assert', 'offsetof', 'va_start', 'va_end', 'va_arg', 'va_copy', 'cJSON_ArrayForEach', 'cJSON_SetNumberValue',
                 'cJSON_SetIntValue'}
DEFINITION = re.compile(r'^[ \t]*#define[ \t]+([A-Za-z_]\w*)[ \t]+([^\n]*)$', re.MULTILINE)
ENUM = re.compile(r'\benum\b[^{;()]*\{([^}]*)\}')


class Mutant:
    """One way to break one place. before and after are for the reader; place is [start, end) in the original text."""

    def __init__(self, place, after, text):
        self.place, self.after, self.text = place, after, text
        self.number = self.path = self.function = self.line = self.context = None

    @property
    def key(self):
        """What names it in equivalent.txt: it survives that lines move."""
        return f'{self.path}:{self.function}: {self.context}'


class Site:
    """An expression and its mutants; inner sites stand in its last branch."""

    def __init__(self, start, end, mutants):
        self.start, self.end, self.mutants = start, end, mutants
        self.inner = []
        self.boolean = False


class Table:
    """A variable of static storage with an initialiser. number: of its being used."""

    def __init__(self, name, static, path):
        self.key = (path if static else '', name)
        self.number = None
        self.cells, self.mentions = [], set()


class Names:
    """What identifiers mean, from the text of the whole project: macros that are numbers, and enumerators."""

    def __init__(self, texts):
        self.numbers = {}  # their values; None: not known
        self.enumerators, self.macros = set(), set(SYSTEM_MACROS)
        for text in texts:
            plain = re.sub(r'//[^\n]*|/\*.*?\*/', '', text, flags=re.DOTALL)
            self.macros.update(MACRO.findall(plain))
            for name, body in DEFINITION.findall(plain):
                if body.strip() and re.fullmatch(r'[\w\s()+*/<-]+', body) and re.search(r'\d', body) and 'sizeof' not in body:
                    self.numbers[name] = value_of(body)
            for body in ENUM.findall(plain):
                self.enumerators.update(re.findall(r'(?:^|,)\s*([A-Za-z_]\w*)', body))


def invocation_end(text, start):
    """Where the parenthesis closes of what begins as NAME( at start; None if it does not begin so."""
    match = INVOCATION.match(text, start)
    if not match:
        return None
    depth = 0
    for token in TOKEN.finditer(text, match.end() - 1):
        if token.group() == '(':
            depth += 1
        elif token.group() == ')':
            depth -= 1
            if depth == 0:
                return token.end()
    return None


def is_integer(cursor):
    return cursor.type.get_canonical().kind in INTEGERS


def value_of(text):
    """Of a literal, or of what a macro stands for if that is one; None if it takes more than that."""
    match = re.fullmatch(r'\(?\s*(0[xX][0-9a-fA-F]+|\d+)[uUlL]*\s*\)?', text.strip())
    if not match:
        return None
    digits = match.group(1)
    return int(digits, 8 if digits.isdigit() and digits.startswith('0') else 0)


def one_more(text):
    return f'{text} + 1'


def of_number(text, value, place):
    """The mutants of a number as it is written: those that differ."""
    mutants = [(one_more(text), f'(({text}) + 1)')]
    if value != 0:
        mutants.append((f'{text} - 1', f'(({text}) - 1)'))
    if value not in (0, 1):
        mutants.append(('0', f'(({text}) * 0)'))
    return [Mutant(place, after, code) for after, code in mutants]


class File:
    """One source: what is found in it, and its copy."""

    def __init__(self, path, text, names, bodies=True):
        self.path, self.text, self.names, self.bodies = path, text, names, bodies
        self.sites, self.insertions, self.tables = [], [], []
        self.uses = []  # (where a body begins, table's key)
        self.removals = []  # of `const`
        self.function = ''
        self.seen = set()
        self.sizes = 0  # in how many arguments of allocators the walk is

    # ---- reading ----

    def read(self, unit):
        for cursor in unit.cursor.get_children():
            if cursor.location.file is None or cursor.location.file.name != unit.spelling:
                continue
            if cursor.kind == CursorKind.FUNCTION_DECL and cursor.is_definition():
                self.read_function(cursor)
            elif cursor.kind == CursorKind.VAR_DECL:
                self.function = cursor.spelling
                self.read_table(cursor, local=False)

    def read_function(self, cursor):
        if self.is_macro(cursor):
            return
        self.function = cursor.spelling
        body = [child for child in cursor.get_children() if child.kind == CursorKind.COMPOUND_STMT]
        if not body:
            return
        for node in body[0].walk_preorder():
            target = node.referenced if node.kind == CursorKind.DECL_REF_EXPR else None
            if target is not None and target.kind == CursorKind.VAR_DECL and \
                    target.semantic_parent.kind == CursorKind.TRANSLATION_UNIT:
                static = target.storage_class == StorageClass.STATIC
                self.uses.append((body[0].extent.start.offset + 1, (self.path if static else '', target.spelling)))
        if self.bodies:
            self.walk(body[0], self.sites)
        else:
            self.walk_statics(body[0])

    def walk_statics(self, cursor):
        for node in cursor.walk_preorder():
            if node.kind == CursorKind.VAR_DECL and node.storage_class == StorageClass.STATIC:
                self.read_table(node, local=True)

    def source(self, cursor):
        return self.text[cursor.extent.start.offset:cursor.extent.end.offset]

    def is_macro(self, cursor):
        """True if a macro wrote all of it and nobody knows what that is: libclang tells only where the macro stands."""
        start, end = cursor.extent.start.offset, cursor.extent.end.offset
        match = NAME.match(self.text, start)
        if not match:
            return False
        name = match.group()
        if match.end() == end:
            return name.isupper() and name not in self.names.numbers
        return (name in self.names.macros or name.isupper()) and invocation_end(self.text, start) == end

    def add(self, cursor, mutants, into):
        place = (cursor.extent.start.offset, cursor.extent.end.offset)
        if (place, cursor.kind) in self.seen or not mutants:
            return into
        self.seen.add((place, cursor.kind))
        for mutant in mutants:
            mutant.path, mutant.function = self.path, self.function
        site = Site(*place, mutants)
        into.append(site)
        return site.inner

    def walk(self, cursor, into, condition=False, header=False):
        """Finds the sites below a statement or expression. condition: it is asked whether it is true."""
        kind = cursor.kind
        if kind in (CursorKind.CXX_UNARY_EXPR, CursorKind.TYPE_REF, CursorKind.STATIC_ASSERT, CursorKind.STRUCT_DECL,
                    CursorKind.UNION_DECL, CursorKind.ENUM_DECL) or not self.source(cursor) or self.is_macro(cursor):
            return
        handler = {
            CursorKind.IF_STMT: self.walk_if, CursorKind.CASE_STMT: self.walk_case, CursorKind.VAR_DECL: self.walk_variable,
            CursorKind.CALL_EXPR: self.walk_call, CursorKind.INIT_LIST_EXPR: self.walk_list,
            CursorKind.FOR_STMT: self.walk_for,
        }.get(kind)
        if handler:
            if kind == CursorKind.CALL_EXPR and condition:
                into = self.add(cursor, self.contrary(cursor), into)
            handler(cursor, into)
            return
        children = list(cursor.get_children())
        if self.is_number(cursor):
            self.add(cursor, self.number(cursor), into)
            return
        if kind in (CursorKind.INTEGER_LITERAL, CursorKind.CHARACTER_LITERAL):
            return
        if kind in (CursorKind.CSTYLE_CAST_EXPR, CursorKind.COMPOUND_LITERAL_EXPR):
            children = children[-1:]
        if kind in (CursorKind.BINARY_OPERATOR, CursorKind.COMPOUND_ASSIGNMENT_OPERATOR) and len(children) == 2:
            self.walk_binary(cursor, children, into, condition, header)
            return
        if kind == CursorKind.UNARY_OPERATOR:
            self.walk_unary(cursor, children, into, header)
            return
        if kind in (CursorKind.PAREN_EXPR, CursorKind.UNEXPOSED_EXPR) and len(children) == 1:
            # An implicit conversion of a literal to a pointer is a null pointer.
            if not (cursor.type.kind == TypeKind.POINTER and children[0].kind == CursorKind.INTEGER_LITERAL):
                self.walk(children[0], into, condition, header)
            return
        if condition and kind.is_expression() and kind != CursorKind.CONDITIONAL_OPERATOR:
            into = self.add(cursor, self.contrary(cursor), into)
        asked = {CursorKind.WHILE_STMT: 0, CursorKind.DO_STMT: 1, CursorKind.CONDITIONAL_OPERATOR: 0}.get(kind)
        for index, child in enumerate(children):
            if kind.is_expression() and not (child.kind.is_expression() or child.kind.is_statement()):
                continue
            self.walk(child, into, index == asked)

    def is_number(self, cursor):
        if not cursor.kind.is_expression() or cursor.kind == CursorKind.DECL_REF_EXPR or not is_integer(cursor):
            return False
        text = self.source(cursor)
        if NAME.fullmatch(text):
            return text in self.names.numbers or text in TRUTH
        return cursor.kind in (CursorKind.INTEGER_LITERAL, CursorKind.CHARACTER_LITERAL) and text[0] in "0123456789'"

    def number(self, cursor):
        text = self.source(cursor)
        place = (cursor.extent.start.offset, cursor.extent.end.offset)
        if text in TRUTH:
            return [Mutant(place, 'false' if text == 'true' else 'true', f'(!{text})')]
        mutants = of_number(text, self.names.numbers.get(text) if NAME.fullmatch(text) else value_of(text), place)
        if cursor.kind == CursorKind.CHARACTER_LITERAL:
            return mutants[:1]
        return mutants[1:] if self.sizes else mutants

    def contrary(self, cursor):
        text = self.source(cursor)
        place = (cursor.extent.start.offset, cursor.extent.end.offset)
        return [Mutant(place, f'!{text}', f'!({text})')]

    def walk_if(self, cursor, into):
        children = list(cursor.get_children())
        if not self.is_failure(children[1]):
            self.walk(children[0], into, True)
        for child in children[1:]:
            self.walk(child, into)

    def is_failure(self, cursor):
        if cursor.kind == CursorKind.COMPOUND_STMT:
            inner = list(cursor.get_children())
            return len(inner) == 1 and self.is_failure(inner[0])
        return cursor.kind == CursorKind.CALL_EXPR and cursor.spelling in NO_RETURN

    def walk_call(self, cursor, into):
        if cursor.spelling in NO_RETURN:
            return
        allocates = cursor.spelling in ALLOCATORS
        self.sizes += allocates
        for child in cursor.get_children():
            if child.kind.is_expression():
                self.walk(child, into)
        self.sizes -= allocates

    def walk_for(self, cursor, into):
        children = list(cursor.get_children())
        for child in children[:-1]:
            self.walk(child, into, header=True)
        self.walk(children[-1], into)

    def walk_case(self, cursor, into):
        body = list(cursor.get_children())[-1]
        start, place = body.extent.start.offset, (cursor.extent.start.offset, body.extent.start.offset)
        label = self.text[place[0]:place[1]].rstrip().rstrip(':')
        simple = body.kind in (CursorKind.BREAK_STMT, CursorKind.CASE_STMT, CursorKind.DEFAULT_STMT)
        if not simple:
            mutant = Mutant((place[0], place[0] + len(label)), 'no such case', 'if (mutate_is(%d)) break; ')
            mutant.path, mutant.function = self.path, self.function
            self.insertions.append((start, mutant))
        self.walk(body, into)

    def walk_variable(self, cursor, into):
        if cursor.storage_class == StorageClass.STATIC:
            self.read_table(cursor, local=True)
            return
        children = list(cursor.get_children())
        if children and self.text[:children[-1].extent.start.offset].rstrip().endswith('='):
            self.walk(children[-1], into)

    def walk_list(self, cursor, into):
        if re.fullmatch(r'\{+\s*0?\s*\}+', self.source(cursor)):
            return
        for child in cursor.get_children():
            if self.source(child)[:1] in '[.':
                # A designator's index is a constant; what it designates comes last.
                child = list(child.get_children())[-1]
            self.walk(child, into)

    def walk_binary(self, cursor, children, into, condition, header):
        left, right = children
        start, end = left.extent.end.offset, right.extent.start.offset
        gap = self.text[start:end]
        operator = re.sub(r'//[^\n]*|/\*.*?\*/', '', gap, flags=re.DOTALL).strip()
        place = (start + gap.find(operator), start + gap.find(operator) + len(operator))
        texts = self.source(left), self.source(right)

        def mutants(operators):
            return [Mutant(place, other, f'(({texts[0]}) {other} ({texts[1]}))') for other in operators]

        if operator in COMPARISONS:
            into = self.add(cursor, mutants(COMPARISONS[operator]), into)
        elif operator in LOGIC:
            into = self.add(cursor, mutants([LOGIC[operator]]), into)
        elif operator in SIGNS and is_integer(left) and is_integer(right) and not (header and '=' in operator):
            if condition:
                into = self.add(cursor, self.contrary(cursor), into)
            into = self.add_again(cursor, [Mutant(place, SIGNS[operator], self.sign(operator, texts))], into)
        elif condition and operator != ',':
            into = self.add(cursor, self.contrary(cursor), into)
        for child in children:
            self.walk(child, into, operator in LOGIC, header and operator == ',')

    def sign(self, operator, texts):
        other = SIGNS[operator]
        return f'({texts[0]} {other} ({texts[1]}))' if '=' in operator else f'(({texts[0]}) {other} ({texts[1]}))'

    def add_again(self, cursor, mutants, into):
        self.seen.discard(((cursor.extent.start.offset, cursor.extent.end.offset), cursor.kind))
        return self.add(cursor, mutants, into)

    def walk_unary(self, cursor, children, into, header):
        text = self.source(cursor)
        operand = children[0] if children else None
        if operand is None:
            return
        for operator, other in STEPS.items():
            if header or not is_integer(operand):
                break
            begin, end = cursor.extent.start.offset, cursor.extent.end.offset
            name = self.source(operand)
            if text.startswith(operator):
                into = self.add(cursor, [Mutant((begin, begin + 2), other, f'({other}{name})')], into)
            elif text.endswith(operator):
                into = self.add(cursor, [Mutant((end - 2, end), other, f'({name}{other})')], into)
        self.walk(operand, into, text.startswith('!'))

    # ---- tables ----

    def read_table(self, cursor, local):
        start, end = cursor.extent.start.offset, cursor.extent.end.offset
        equals = self.text.find('=', start, end)
        if equals < 0:
            return
        begin = equals + 1 + len(self.text[equals + 1:end]) - len(self.text[equals + 1:end].lstrip())
        table = Table(cursor.spelling, local or cursor.storage_class == StorageClass.STATIC, self.path)
        self.tables.append(table)
        table.local, table.after = local, self.text.index(';', end) + 1
        table.function = self.function
        is_array = cursor.type.kind in ARRAYS
        if is_array and self.text[begin] != '{':
            return
        rows = self.rows(begin, end) if is_array else [('', begin, end)]
        for index, row_start, row_end in rows:
            self.read_cells(table, index, row_start, row_end)
        if table.cells:
            self.removals.append((start, equals))

    def rows(self, begin, end):
        """(index, start, end) of each element of an array's initialiser."""
        rows, depth, row_start, index, last = [], 0, None, None, None
        for token in TOKEN.finditer(self.text, begin, end):
            if token.lastgroup == 'space':
                continue
            mark = token.group()
            if mark in ')]}':
                depth -= 1
            if depth == 0 or (depth == 1 and mark == ','):
                if row_start is not None:
                    rows.append(self.row(row_start, last, rows))
                row_start = None
            elif row_start is None:
                row_start = token.start()
            if mark in '([{':
                depth += 1
            last = token.end()
        return rows

    def row(self, start, end, rows):
        match = re.compile(r'\[([^]]*)\]\s*=\s*').match(self.text, start, end)
        if match:
            return f'[{match.group(1)}]', match.end(), end
        return (f'{rows[-1][0][:-1]} + 1]' if rows else '[0]'), start, end

    def read_cells(self, table, index, start, end):
        tokens = [token for token in TOKEN.finditer(self.text, start, end) if token.lastgroup != 'space']
        skip_until = 0
        for at, token in enumerate(tokens):
            before = tokens[at - 1].group() if at > 0 else ''
            after = tokens[at + 1].group() if at + 1 < len(tokens) else ''
            text, kind = token.group(), token.lastgroup
            if kind == 'name':
                table.mentions.add(text)
                if after == '(' and text != 'TEXT':
                    skip_until = max(skip_until, invocation_end(self.text, token.start()) or 0)
            if token.start() < skip_until or before in ('.', '['):
                continue
            for shown, code in self.cell(kind, text, before, after, tokens[at + 1:at + 2]):
                mutant = Mutant((token.start(), token.end()), shown,
                                self.text[start:token.start()] + code + self.text[token.end():end])
                mutant.path, mutant.function = self.path, self.function
                table.cells.append((index, mutant))

    def cell(self, kind, text, before, after, following):
        if kind == 'string':
            if following and following[0].lastgroup == 'string' or len(text) == 2:
                return []
            if text[-3:-2] == '\\':
                changed = f'{text[:-1]}X"'
            else:
                changed = f'{text[:-2]}{"Y" if text[-2] == "X" else "X"}"'
            return [(changed, changed)]
        if kind == 'number' and not (before == '{' and after == '}' and text == '0'):
            return [(mutant.after, mutant.text) for mutant in of_number(text, value_of(text), None) if mutant.after != '0']
        if kind == 'char' or kind == 'name' and (text in self.names.numbers or text in self.names.enumerators):
            return [(one_more(text), f'({text} + 1)')]
        if text in TRUTH:
            return [('false' if text == 'true' else 'true', f'!{text}')]
        return []

    # ---- writing ----

    def number_all(self, first):
        """Gives numbers to everything; returns the mutants and the next number."""
        mutants = []

        def visit(sites):
            for site in sites:
                mutants.extend(site.mutants)
                visit(site.inner)

        visit(self.sites)
        mutants.extend(mutant for _, mutant in self.insertions)
        for table in self.tables:
            mutants.extend(mutant for _, mutant in table.cells)
        for number, mutant in enumerate(mutants, first):
            mutant.number = number
            self.explain(mutant)
        next_number = first + len(mutants)
        for table in self.tables:
            table.number = next_number
            next_number += 1
        return mutants, next_number

    def explain(self, mutant):
        start, end = mutant.place
        line_start = self.text.rfind('\n', 0, start) + 1
        line_end = self.text.find('\n', end)
        broken = f'{self.text[line_start:start]}[{self.text[start:end]} -> {mutant.after}]{self.text[end:line_end]}'
        mutant.context = ' '.join(broken.split())
        mutant.line = self.text.count('\n', 0, start) + 1

    def render(self, start, end, sites):
        out, at = [], start
        for site in sorted(sites, key=lambda site: (site.start, -site.end)):
            if site.start < at or site.end > end:
                if site.end <= at or site.start >= end:
                    continue
                raise ValueError(f'{self.path}: sites overlap at {self.text[site.start:site.end]!r}')
            out.append(self.text[at:site.start])
            choices = ''.join(f'mutate_is({mutant.number}) ? {mutant.text} : ' for mutant in site.mutants)
            inner = self.render(site.start, site.end, site.inner)
            out.append(f'({choices}{"!!" if site.mutants[0].text.startswith("!(") else ""}({inner}))')
            at = site.end
        out.append(self.text[at:end])
        return ''.join(out)

    def table_code(self, table):
        cells, choices = [], []
        for index, mutant in table.cells:
            name = f'mutate_cell_{mutant.number}'
            place = f'{table.key[1]}{index}'
            cells.append(f'static __typeof__({place}) {name} = {mutant.text};')
            choices.append(f'case {mutant.number}: __builtin_memcpy(&{place}, &{name}, sizeof({name})); break;')
        code = f'mutate_start(); mutate_is({table.number}); switch (mutate_active) {{ {" ".join(choices)} }}'
        if not table.local:
            code = code.replace(f'mutate_is({table.number});', '')
            code = f'__attribute__((constructor)) static void mutate_table_{table.number}(void) {{ {code} }}'
        return ' ' + ' '.join(cells) + ' ' + code

    def write(self, table_numbers):
        """The instrumented text. table_numbers: of every table of the project that is used, by key."""
        edits = []  # (position, text) that is put in; text that is left out is blanked first
        for position, mutant in self.insertions:
            edits.append((position, mutant.text % mutant.number))
        for table in self.tables:
            if table.cells:
                edits.append((table.after, self.table_code(table)))
        for position, key in sorted(set(self.uses)):
            if key in table_numbers:
                edits.append((position, f' mutate_is({table_numbers[key]});'))
        blanks = []
        for start, end in self.removals:
            blanks += [(start + match.start(), start + match.end())
                       for match in re.finditer(r'\bconst\b', self.text[start:end])]
        pieces = [Piece(position, position, text) for position, text in edits]
        pieces += [Piece(start, end, '') for start, end in blanks]
        return self.assemble(pieces)

    def assemble(self, pieces):
        """Text between the pieces is rendered with the sites that stand there."""
        out, at = [], 0
        for piece in sorted(pieces, key=lambda piece: (piece.start, piece.end)):
            inside = [site for site in self.sites if at <= site.start and site.end <= piece.start]
            out += [self.render(at, piece.start, inside), piece.text]
            at = piece.end
        inside = [site for site in self.sites if at <= site.start]
        out.append(self.render(at, len(self.text), inside))
        return ''.join(out)


class Piece:
    def __init__(self, start, end, text):
        self.start, self.end, self.text = start, end, text


def parse(index, path, flags):
    unit = index.parse(path, args=['-x', 'c', *flags])
    broken = [d for d in unit.diagnostics if d.severity >= clang.cindex.Diagnostic.Error]
    if broken:
        raise ValueError(f'{path}: libclang cannot read it: {broken[0].spelling}')
    return unit
