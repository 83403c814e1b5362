; A project is a folder, and Windows associates no program with folders by their ending. "Open with Blindfold" is in the menu of
; folders that end in .blindfold, for the user who installed it.
!macro customInstall
  WriteRegStr SHCTX "Software\Classes\Directory\shell\Blindfold" "" "Open with Blindfold"
  WriteRegStr SHCTX "Software\Classes\Directory\shell\Blindfold" "Icon" "$INSTDIR\Blindfold.exe"
  WriteRegStr SHCTX "Software\Classes\Directory\shell\Blindfold" "AppliesTo" 'System.FileName:"*.blindfold"'
  WriteRegStr SHCTX "Software\Classes\Directory\shell\Blindfold\command" "" '"$INSTDIR\Blindfold.exe" "%1"'
!macroend
!macro customUnInstall
  DeleteRegKey SHCTX "Software\Classes\Directory\shell\Blindfold"
!macroend
