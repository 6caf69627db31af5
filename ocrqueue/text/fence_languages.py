"""Names that a fence of code may have: languages that readers of Markdown show in colours.

The list is closed, for readers run some others (`dataviewjs`, `{r}`), draw them (`mermaid`,
`plantuml`) or take what stands there for HTML (`{=html}`).
"""

_NAMES = """
abap abnf ada algol apl applescript arduino asm assembly autohotkey awk bash basic bat batch
bibtex brainfuck c c# c++ cc clj clojure cmake cmd cobol coffeescript conf console cpp cs csharp
csh css csv cu cuda cython d dart delphi diff docker dockerfile dos ebnf eiffel elixir elm
emacs-lisp erl erlang excel f# f77 f90 fish fortran fsharp gawk gcode gdb git gitignore glsl go
golang gradle graphql groovy h haskell haxe hcl hlsl hpp hs html http ini irc java javascript
jinja jl js json json5 jsonc jsp julia kotlin kt latex less lisp llvm lua m makefile markdown
maple mathematica matlab md mips mysql nasm nginx nim nix node objc objective-c ocaml octave
output pascal patch perl pgsql php pl plain plaintext plsql postgres postgresql postscript
powershell proc prolog properties proto protobuf ps1 purescript py pycon python python2 python3
qml r racket raku rb reg regex rs ruby rust sas sass scala scheme scilab scss sed sh shell
shell-session smalltalk sml solidity sparql spss sql stata swift systemverilog tcl terraform tex
text tf toml ts tsv tsx tsql txt typescript v vala vb vb.net vba vbnet verilog vhdl vim wasm
wolfram x86asm xhtml xml xquery xsl xslt yaml yml zig zsh
"""
LANGUAGES = frozenset(_NAMES.split())
